"""The HTTP server: options, dispatching, rate limit, injected faults, and the control API for tests.

The endpoints are in `v1_api` and `v2_api`. Begin with `app`, then `dispatcher`, which turns a request into a response.
"""
