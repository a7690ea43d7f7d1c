"""HTTP to Intercom: request and response values, the client, retries and the rate limit.

Nothing here knows streams, records or Singer. Begin with `client`, which sends a request and gives its answer;
`rate_limit` decides when a request may be sent, `request_queue` in which order and how many at once, `retry` how long
and how often a failed one is repeated. `responses` says what an answer means, and `transport` is the only module that
imports the HTTP library.
"""
