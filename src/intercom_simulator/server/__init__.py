"""The HTTP server: options, routing, rate limit, faults on order, and the control API for tests.

What an endpoint answers is in `v1_api` and `v2_api`. Begin with `app`, then `dispatcher`, which takes a request from
its headers to its answer.
"""
