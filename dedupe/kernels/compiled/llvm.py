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

from dedupe.arrays import U64

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

LANES = 16

_NUMBERS = ir.VectorType(_NUMBER, LANES)


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
def copy_plain(_typing: Any, source: Any, _place: Any, target: Any, _out: Any) -> Any:
    """Copy 64 bytes from source[place:] to target[out:]; how many come before the first backslash, int64."""

    def copy(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = builder.load(_at(context, builder, (signature.args[0], arguments[0]), arguments[1], _BLOCK), align=1)
        builder.store(given, _at(context, builder, (signature.args[2], arguments[2]), arguments[3], _BLOCK), align=1)
        escapes = builder.bitcast(builder.icmp_unsigned("==", given, _each(ord("\\"))), _LONG)
        return builder.cttz(escapes, ir.Constant(ir.IntType(1), 0))

    return types.int64(source, types.intp, target, types.intp), copy


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


def _in_each(builder: Any, number: Any) -> Any:
    """A vector with a number in each of its lanes."""
    one = builder.insert_element(ir.Constant(_NUMBERS, ir.Undefined), number, ir.Constant(_NUMBER, 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_NUMBER, LANES), [0] * LANES))


@_step
def put_four_least(_typing: Any, target: Any, _first: Any, hashed: Any, _size: Any, a: Any, _b: Any) -> Any:
    """target[k] = the least of a[k] x hashed[i] + b[k] over all i below the size, for four k from the first on.

    All uint32; the size is a positive multiple of ``LANES``. Left to itself, LLVM takes half as many numbers at once.
    """

    def put(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, first, numbers, size = arguments[:4]
        kinds, places = signature.args, [builder.add(first, ir.Constant(_LONG, k)) for k in range(4)]

        def drawn(which: int, place: Any) -> Any:
            source = _at(context, builder, (kinds[which], arguments[which]), place, _NUMBER)
            return _in_each(builder, builder.load(source))

        factors, addends = [drawn(4, place) for place in places], [drawn(5, place) for place in places]
        before = builder.block
        loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        i, least = builder.phi(_LONG), [builder.phi(_NUMBERS) for _ in places]
        given = builder.load(_at(context, builder, (kinds[2], numbers), i, _NUMBERS), align=4)
        further = builder.add(i, ir.Constant(_LONG, LANES))
        i.add_incoming(ir.Constant(_LONG, 0), before)
        i.add_incoming(further, loop)
        lower = []
        for smallest, factor, addend in zip(least, factors, addends, strict=True):
            value = builder.add(builder.mul(given, factor), addend)
            lower.append(builder.select(builder.icmp_unsigned("<", value, smallest), value, smallest))
            smallest.add_incoming(ir.Constant(_NUMBERS, [0xFFFFFFFF] * LANES), before)
            smallest.add_incoming(lower[-1], loop)
        builder.cbranch(builder.icmp_signed("<", further, size), loop, after)
        builder.position_at_end(after)
        name, kind = f"llvm.vector.reduce.umin.v{LANES}i32", ir.FunctionType(_NUMBER, [_NUMBERS])
        reduce = builder.module.declare_intrinsic(name, (), kind)
        for place, lanes in zip(places, lower, strict=True):
            builder.store(builder.call(reduce, [lanes]), _at(context, builder, (kinds[0], out), place, _NUMBER))
        return context.get_dummy_value()

    return types.void(target, types.intp, hashed, types.intp, a, a), put


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
