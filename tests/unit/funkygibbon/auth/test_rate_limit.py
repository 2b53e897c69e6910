"""Who guesses is stopped, and nobody else."""

import asyncio

import pytest

from goodies_mcp.errors import RateLimited
from goodies_mcp.funkygibbon.auth.rate_limit import FAILURES, WINDOW, LoginLimit


def test_after_five_failures_an_address_waits_and_others_do_not():
    limit = LoginLimit()
    for _ in range(FAILURES):
        limit.check("192.0.2.1")
        limit.failed("192.0.2.1")
    with pytest.raises(RateLimited) as refused:
        limit.check("192.0.2.1")
    seconds = refused.value.details["retry_after"]
    assert 1 <= seconds <= WINDOW
    assert refused.value.message == f"Too many attempts. Try again in {seconds} seconds."
    limit.check("192.0.2.2")


def test_looking_costs_nothing():
    limit = LoginLimit()
    for _ in range(FAILURES * 3):
        limit.check("192.0.2.1")


async def test_attempts_at_once_from_one_address_wait_for_each_other():
    limit = LoginLimit()
    tried = 0

    async def attempt():
        nonlocal tried
        async with limit.turn("192.0.2.1"):
            limit.check("192.0.2.1")
            tried += 1
            await asyncio.to_thread(int)  # the password is looked at elsewhere
            limit.failed("192.0.2.1")

    done = await asyncio.gather(*(attempt() for _ in range(50)), return_exceptions=True)
    assert tried == FAILURES
    assert sum(isinstance(each, RateLimited) for each in done) == 50 - FAILURES


def test_turns_are_not_kept_for_ever():
    limit = LoginLimit()
    for n in range(1000):
        limit.turn(str(n))
    assert len(limit._turns) < 10
