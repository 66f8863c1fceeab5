"""The tables of an implicit chain: what the rows of the template own, layer by layer, in words of 32 bits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from graphs.attributes import AGE_SHARE, FEMALE_SHARE, pick
from graphs.chain_parameters import FociParameters, TieLayer
from graphs.hashing import hash_bits
from graphs.layers import Layer, LayerTable, fold_bits, layer_table, lognormal_sizes, power_sizes, whole
from graphs.template import CircleLaw, Template

__all__ = ["FULL", "KINDS", "SMALLEST_CHAT", "RowTables", "key_words", "row_tables", "strength_table"]

KINDS = 5  # of tie slots in a row of the template: circles, neighbourhood circles, town, city, nation
SMALLEST_CHAT = 3
FULL = 4095  # appeal of a member of full activity
_ROW_WIDTH = 16


@dataclass(frozen=True)
class RowTables:
    """What the rows of the template own: one town's tables, and every town's alike.

    ``rows`` uint32[rows, 16]: of each kind of tie the first slot, the first stub, and layer | slots of a stub << 8 |
    appeal << 20; then the slots of all kinds. ``persons`` uint32[rows, 4]: first stub of extra chats; chats of the
    three kinds (8, 8, 16 bits); cohort | gender << 8 | age quantile in 2^-12 << 16; chance to take part at home in
    2^-32. ``homes`` uint8[rows] by local id: place | size << 3. ``family`` uint32[rows]: number of the family chat by
    local id; ``family_first`` its first member. ``strengths`` uint8[6 * 256] by kind and hashed byte, households last.
    """

    layers: LayerTable
    chat_layers: int
    rows: NDArray[np.uint32]
    persons: NDArray[np.uint32]
    homes: NDArray[np.uint8]
    family: NDArray[np.uint32]
    family_first: NDArray[np.uint32]
    strengths: NDArray[np.uint8]


def key_words(seed: int, stream: int, count: int) -> NDArray[np.uint32]:
    """Keys of a chain, uint32[count]."""
    return (hash_bits(seed, stream, np.arange(count)) >> np.uint64(32)).astype(np.uint32)


def row_tables(template: Template, towns: int, p: FociParameters, seed: int) -> RowTables:
    """Lay out a template for a chain of so many whole towns."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 2])))
    gender = (rng.random(template.rows) < FEMALE_SHARE).astype(np.int64)
    age = _ages(template.cohort, rng)
    layers, kinds = _circle_layers(template.circles, _by_age(template, age, towns, p, rng), towns, 1, p, rng)
    circle_layers = len(layers)
    # Neighbourhood and hobby circles come in two flavours, and gender leans to one: a weak gender homophily.
    flavour = np.where(rng.random(template.rows) < 0.5 + p.hobby_gender_leaning / 2, gender, 1 - gender)
    parts = [_Part(0, flavour == 0, 1), _Part(0, flavour == 1, 1)]
    near, more = _circle_layers(template.neighbourhoods, parts, towns, 0, p, rng)
    layers += near
    city = min(p.towns_per_city, towns)
    extra = _laid(template.chat_stubs, p.towns_per_city, towns, 0, rng)
    seats = int(extra.stubs.sum()) * city
    sizes = power_sizes(p.chat_size_exponent, SMALLEST_CHAT, p.chat_cap, seats, rng)
    layers.append(replace(extra, pattern=sizes))
    chat_layers = len(layers)
    pairs = []
    for stubs, window in zip(template.matching_stubs, (1, p.towns_per_city, towns), strict=True):
        pairs.append((len(layers), np.zeros(template.rows, np.int64), np.ones(template.rows, np.int64)))
        layers.append(_laid(stubs, min(window, towns), towns, 0, rng))
    homes, family, family_first = _homes(template.household)
    table = layer_table(layers, towns, key_words(seed, 101, len(layers)), towns * len(family_first))
    numbered = [kinds, (circle_layers + more[0], more[1], more[2]), *pairs]
    firsts = [np.cumsum(layer.stubs) - layer.stubs for layer in layers]
    rows = _rows(layers, firsts, numbered)
    persons = np.zeros((template.rows, 4), dtype=np.uint32)
    persons[:, 0] = firsts[chat_layers - 1]
    counts = [_of(layers, kinds[0]), _of(layers, circle_layers + more[0])]
    persons[:, 1] = np.minimum(counts[0], 255) | np.minimum(counts[1], 255) << 8 | extra.stubs << 16
    persons[:, 2] = template.cohort | gender << 8 | (age * 4096.0).astype(np.int64) << 16
    persons[:, 3] = np.minimum(template.weight / p.household_full_at * 2.0**32, 2.0**32 - 1.0).astype(np.uint32)
    return RowTables(table, chat_layers, rows, persons, homes, family, family_first, _strengths(p))


def _laid(stubs: NDArray, window: int, towns: int, least: int, rng: np.random.Generator) -> Layer:
    """A layer of pairs with its stubs rounded to a whole multiple of their low part."""
    bits = fold_bits(int(stubs.sum()), min(window, towns))
    return Layer(whole(stubs, 1 << bits, least, rng), bits, window)


@dataclass(frozen=True)
class _Part:
    """Rows of a group that fill circles of their own, over windows of so many towns."""

    group: int
    rows: NDArray[np.bool_]
    window: int


def _ages(cohort: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Quantile of age of each row: a cohort is a run of ages, evenly filled."""
    order = np.lexsort((rng.random(len(cohort)), cohort))
    age = np.empty(len(cohort))
    age[order] = (np.arange(len(cohort)) + 0.5) / len(cohort)
    return age


def _by_age(
    template: Template, age: NDArray[np.float64], towns: int, p: FociParameters, rng: np.random.Generator
) -> list[_Part]:
    """Groups of circles split by five-year class, where the chain has people enough to fill them, over windows wider
    by as much. A few rows in a cohort go with another class of it."""
    law, parts = template.circles, []
    band = pick(age, AGE_SHARE).astype(np.int64)
    swapped = np.where(rng.random(len(age)) < p.circle_age_strays)[0]
    order = np.lexsort((rng.random(len(swapped)), template.cohort[swapped]))
    band[swapped[np.lexsort((swapped, template.cohort[swapped]))]] = band[swapped[order]]
    for group in range(len(law.size)):
        mine = law.group == group
        bands = np.unique(band[mine])
        people = np.count_nonzero(mine) * towns
        window = int(law.window[group])
        if len(bands) < 2 or people < p.people_per_circle_size * len(bands) * law.size[group]:
            parts.append(_Part(group, mine, window))
            continue
        wide = min(window << int(np.ceil(np.log2(len(bands)))), towns)
        parts += [_Part(group, mine & (band == each), wide) for each in bands]
    return parts


def _circle_layers(
    law: CircleLaw, parts: list[_Part], towns: int, least: int, p: FociParameters, rng: np.random.Generator
) -> tuple[list[Layer], tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """One layer per part; and per row its layer, its appeal and the slots of each stub."""
    layers = []
    appeal = np.rint(law.activity.astype(np.float64) * FULL).astype(np.int64)
    layer_of = np.zeros(len(appeal), dtype=np.int64)
    slots = np.ones(len(appeal), dtype=np.int64)
    for number, part in enumerate(parts):
        mine, size = part.rows, float(law.size[part.group])
        layer = _laid(np.where(mine, law.stubs, 0), part.window, towns, least, rng)
        seats = int(layer.stubs.sum()) * min(part.window, towns)
        pattern = lognormal_sizes(size, law.sigma, p.chat_cap, seats, rng)
        theta = np.repeat(law.activity, layer.stubs).astype(np.float64)
        reach = _reach(theta, size, pattern.sizes)
        layers.append(replace(layer, pattern=pattern, reach=reach))
        top = int(appeal[mine].max(initial=0))
        furthest = -(-((((appeal[mine] * top) >> 12) * reach) >> 12) // 32)
        slots[mine] = np.maximum(1, 2 * np.minimum(furthest, int(pattern.sizes.max()) // 2))
        layer_of[mine] = number
    return layers, (layer_of, appeal, slots)


def _reach(theta: NDArray[np.float64], size: float, sizes: NDArray[np.int64]) -> int:
    """Ties of a seat at full activity, in 1/16, such that the mean over members is mean(theta)^2 (size - 1) though
    small circles have fewer seats than that."""
    if len(theta) == 0:
        return 0
    at = (np.arange(32) + 0.5) / 32
    pairs = np.multiply.outer(*[np.quantile(theta, at)] * 2).ravel()
    seen = np.quantile(np.repeat(sizes, sizes), at) - 1.0
    wanted = theta.mean() ** 2 * (size - 1.0)
    low, high = 0.0, 511.0
    for _ in range(24):
        middle = 0.5 * (low + high)
        if np.minimum(middle * pairs[:, None], seen).mean() < wanted:
            low = middle
        else:
            high = middle
    return max(1, round(16.0 * low))


def _of(layers: list[Layer], layer: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Stubs of each row in the layer it belongs to."""
    rows = len(layers[0].stubs)
    return np.stack([each.stubs for each in layers])[np.broadcast_to(layer, rows), np.arange(rows)]


def _rows(layers: list[Layer], firsts: list[NDArray[np.int64]], kinds: list) -> NDArray[np.uint32]:
    """Words of every row; ``kinds``: layer, appeal and slots of a stub, each a number or [rows]."""
    rows = len(layers[0].stubs)
    out = np.zeros((rows, _ROW_WIDTH), dtype=np.uint32)
    slot = np.zeros(rows, dtype=np.int64)
    first = np.stack(firsts)
    for kind, (layer, appeal, slots) in enumerate(kinds):
        layer = np.broadcast_to(layer, rows)
        out[:, 3 * kind] = slot
        out[:, 3 * kind + 1] = first[layer, np.arange(rows)]
        out[:, 3 * kind + 2] = layer | slots << 8 | appeal << 20
        slot = slot + _of(layers, layer) * slots
    out[:, 3 * KINDS] = slot
    return out


def _homes(household: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint32]]:
    """Households of a town by local id: place and size, number of the family chat, and the chats' first members."""
    start = np.flatnonzero(np.diff(household, prepend=-1))
    size = np.diff(np.append(start, len(household)))
    place = np.arange(len(household)) - np.repeat(start, size)
    chatting = size >= SMALLEST_CHAT
    number = np.maximum(np.cumsum(chatting) - 1, 0)
    homes = (place | np.repeat(size, size) << 3).astype(np.uint8)
    return homes, np.repeat(number, size).astype(np.uint32), start[chatting].astype(np.uint32)


def strength_table(layer: TieLayer) -> NDArray[np.uint8]:
    """Strength of a tie by its hashed byte: quantile 0..255 of exp(mean + spread z) under exp(N(0, 1))."""
    z = ndtri((np.arange(256) + 0.5) / 256)
    return np.minimum(256.0 * ndtr(layer.mean + layer.spread * z), 255.0).astype(np.uint8)


def _strengths(p: FociParameters) -> NDArray[np.uint8]:
    layers = (p.circle_strength, p.neighbourhood_strength, p.town_strength, p.city_strength, p.nation_strength)
    return np.concatenate([strength_table(layer) for layer in (*layers, p.household_strength)])
