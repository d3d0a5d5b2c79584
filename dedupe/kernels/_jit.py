"""What the compiled kernels stand on: the one decorator, and steps that take many bytes at once.

Imported only by ``_numba*.py``. The steps are written for LLVM, which makes them vector instructions on any machine:
Numba vectorises loops, but no searches and no table look-ups. None of them checks its places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from dedupe.kernels._numpy import U64

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function in machine code, compiled at its first call and kept on disk; numba has no types of its own."""
    return cast("F", numba.njit(nogil=True, cache=True)(function))


def _step(function: Callable[..., Any]) -> Any:
    """A step written in LLVM's own language, usable in compiled functions only."""
    return intrinsic(function)


_BYTE, _NUMBER, _LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BLOCK = ir.VectorType(_BYTE, 64)
_EIGHT_NUMBERS = ir.VectorType(_NUMBER, 8)


def _at(context: Any, builder: Any, array: tuple[Any, Any], index: Any, kind: Any) -> Any:
    """Pointer to what stands at a place of an array (its type and itself), as another type. Nothing is checked."""
    start = context.make_array(array[0])(context, builder, array[1]).data
    return builder.bitcast(builder.gep(start, [index]), kind.as_pointer())


@_step
def eight(_typing: Any, array: Any, _place: Any) -> Any:
    """uint64 from eight bytes of a uint8 array, at any place, in the machine's byte order."""

    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_at(context, builder, (signature.args[0], arguments[0]), arguments[1], _LONG), align=1)

    return types.uint64(array, types.intp), load


@_step
def put_eight(_typing: Any, array: Any, _place: Any, _value: Any) -> Any:
    """Write a uint64 over eight bytes of a uint8 array, at any place."""

    def put(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = _at(context, builder, (signature.args[0], arguments[0]), arguments[1], _LONG)
        builder.store(arguments[2], target, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.uint64), put


def _each(number: int) -> Any:
    return ir.Constant(_BLOCK, [number] * 64)


@_step
def fold_ascii(_typing: Any, utf8: Any, _place: Any, letters: Any, _out: Any) -> Any:
    """How many of the 64 bytes from utf8[place:] come before the first that is not ASCII, int64.

    Writes them to letters[out:], in lower case, zero for what is no ASCII letter, digit or underscore.
    """

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = _at(context, builder, (signature.args[0], arguments[0]), arguments[1], _BLOCK)
        target = _at(context, builder, (signature.args[2], arguments[2]), arguments[3], _BLOCK)
        given = builder.load(source, align=1)
        upper = builder.icmp_unsigned("<", builder.sub(given, _each(ord("A"))), _each(26))
        lower = builder.or_(given, builder.select(upper, _each(0x20), _each(0)))
        inside = builder.icmp_unsigned("<", builder.sub(lower, _each(ord("a"))), _each(26))
        inside = builder.or_(inside, builder.icmp_unsigned("<", builder.sub(given, _each(ord("0"))), _each(10)))
        inside = builder.or_(inside, builder.icmp_unsigned("==", given, _each(ord("_"))))
        builder.store(builder.select(inside, lower, _each(0)), target, align=1)
        other = builder.bitcast(builder.icmp_signed("<", given, _each(0)), _LONG)
        return builder.cttz(other, ir.Constant(ir.IntType(1), 0))

    return types.int64(utf8, types.intp, letters, types.intp), write


@_step
def filled(_typing: Any, letters: Any, _place: Any) -> Any:
    """A bit for each of the 64 bytes from letters[place:] that is not zero, the first lowest: uint64."""

    def look(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = builder.load(_at(context, builder, (signature.args[0], arguments[0]), arguments[1], _BLOCK), align=1)
        return builder.bitcast(builder.icmp_unsigned("!=", given, _each(0)), _LONG)

    return types.uint64(letters, types.intp), look


@_step
def put_sums(_typing: Any, target: Any, _place: Any, table: Any, _row: Any, _base: Any) -> Any:
    """target[place:place + 8] = table[8 * row:8 * row + 8] + base, all int32."""

    def put(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, place, numbers, row, base = arguments
        eighth = builder.mul(row, ir.Constant(_LONG, 8))
        source = _at(context, builder, (signature.args[2], numbers), eighth, _EIGHT_NUMBERS)
        goal = _at(context, builder, (signature.args[0], out), place, _EIGHT_NUMBERS)
        one = builder.insert_element(ir.Constant(_EIGHT_NUMBERS, ir.Undefined), base, ir.Constant(_NUMBER, 0))
        bases = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_NUMBER, 8), [0] * 8))
        builder.store(builder.add(builder.load(source, align=4), bases), goal, align=4)
        return context.get_dummy_value()

    return types.void(target, types.intp, table, types.intp, types.int32), put


@_step
def _pointer(_typing: Any, address: Any) -> Any:
    """An address as a pointer."""

    def turn(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], _BYTE.as_pointer())

    return types.voidptr(address), turn


_carray: Any = vars(numba)["carray"]  # numba does not say it has it


@compiled
def hashes_at(address: np.uint64, size: int) -> U64:
    """The uint64[size] array that stands at an address; whoever asks keeps it alive."""
    row: U64 = _carray(_pointer(address), size, np.uint64)
    return row
