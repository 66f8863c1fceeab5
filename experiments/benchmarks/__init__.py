"""Benchmarks: `growth bench NAME`."""

from __future__ import annotations

from experiments.benchmarks.campaign import campaign, campaign_full, campaign_growth, campaign_peers
from experiments.benchmarks.campaign_more import campaign_more
from experiments.benchmarks.cascade import cascade
from experiments.benchmarks.chain import chain
from experiments.benchmarks.implicit import implicit

__all__ = ["BENCHMARKS"]

BENCHMARKS = {
    "campaign": campaign,
    "campaign_full": campaign_full,
    "campaign_growth": campaign_growth,
    "campaign_more": campaign_more,
    "campaign_peers": campaign_peers,
    "cascade": cascade,
    "chain": chain,
    "implicit": implicit,
}
