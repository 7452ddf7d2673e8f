"""Tables in blocks: conditions and draws for many rows at a time, then only the rows that they hold for.

A loop with one condition after another on each row is slow where the processor cannot foresee them. A
kernel that first notes the condition for a block of rows, then lists the rows it holds for, then works
on these alone, does the same several times as fast.

These are for kernels only, and compiled with them: once for all, whether their arguments are constants or not.
"""

from __future__ import annotations

from agents.compiling import within_kernels
from simulation.randomness import block, uniform, unit

#: Rows of a block: few enough for the fastest memory.
BLOCK = 512


@within_kernels
def pick(holds, count, at):  # type: ignore[no-untyped-def]
    """List where a condition holds.

    Args:
        holds: The condition for each row of a block, shape (BLOCK,).
        count: Rows in the block.
        at: Takes the positions in the block, ascending, shape (BLOCK,).

    Returns:
        How many there are.
    """
    found = 0
    for i in range(count):
        at[found] = i
        found += holds[i]
    return found


@within_kernels
def draw_keys(key, count, seed, purpose, month, draw):  # type: ignore[no-untyped-def]
    """Uniform draws for the first rows listed.

    Args:
        key: Identities, uint64, shape (BLOCK,).
        count: How many of them.
        seed: Seed of the run.
        purpose: What the draws are for.
        month: Tick.
        draw: Takes the draws, shape (BLOCK,).
    """
    for i in range(count):
        draw[i] = uniform(seed, purpose, month, key[i], 0)


@within_kernels
def draw_keys_at(key, index, count, seed, purpose, month, draw):  # type: ignore[no-untyped-def]
    """Uniform draws as `draw_keys`, each at an index of its own.

    Args:
        key: Identities, uint64, shape (n,).
        index: Which of the draws of each, int64, shape (n,).
        count: How many of them.
        seed: Seed of the run.
        purpose: What the draws are for.
        month: Tick.
        draw: Takes the draws, shape (n,).
    """
    for i in range(count):
        draw[i] = uniform(seed, purpose, month, key[i], index[i])


@within_kernels
def draw_pairs_at(key, index, count, seed, purpose, month, first, second):  # type: ignore[no-untyped-def]
    """Two uniform draws for each of the first rows listed; the first is that of `draw_keys_at`.

    Args:
        key: Identities, uint64, shape (n,).
        index: Which of the draws of each, int64, shape (n,).
        count: How many of them.
        seed: Seed of the run.
        purpose: What the draws are for.
        month: Tick.
        first: Takes draws, shape (n,).
        second: Takes others that are independent of them, shape (n,).
    """
    for i in range(count):
        a, b, c, d = block(seed, purpose, month, key[i], index[i])
        first[i], second[i] = unit(a, b), unit(c, d)
