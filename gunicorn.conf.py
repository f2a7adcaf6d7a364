"""How the service runs: two processes, so that one can restart while the other answers. Read by gunicorn from the working directory."""

workers = 2
worker_class = "gthread"
threads = 16
# Google waits 30 seconds for an answer; what is under way at a restart may finish.
timeout = 60
graceful_timeout = 25
# Longer than the idle time of the proxies in front, which reuse connections.
keepalive = 75
# Addresses and query strings are personal data: no access log.
accesslog = None
errorlog = "-"
# Nothing listens to it, and its place must be writable.
control_socket_disable = True
