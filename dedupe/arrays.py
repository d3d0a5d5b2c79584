"""Short names for the NumPy array types of the package, for use in signatures.

Docstrings add the shape: ``int64[rows]`` has one element per row. A *ragged* array holds lists of different lengths in
Arrow's layout: one flat array of values, and int64 offsets with one element more than there are lists.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
I8 = npt.NDArray[np.int8]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
