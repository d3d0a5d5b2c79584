"""What tests of the commands share."""

import pytest


@pytest.fixture
def folder(tmp_path):
    """Where an index may be made. There is nothing yet."""
    return tmp_path / "index"
