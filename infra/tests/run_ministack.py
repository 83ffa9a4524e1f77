"""Starts MiniStack, the local AWS of all tests, otherwise than its own command does.

It takes the environment variables of that command, and two more: IDLE_SECONDS and LOG_SECONDS.
"""

import os

import hypercorn.asyncio
from ministack.app import main
from ministack.core.lambda_runtime import Worker
from ministack.services.cloudformation import provisioners

# MiniStack closes a connection after 75 idle seconds. A client that sends a call at that moment gets no answer, although the
# call may be carried out. It sends the call again, and the second CreateSchedule or ReplicateKey fails, or makes another key.
IDLE_SECONDS = float(os.environ.get("IDLE_SECONDS", 3600))
serve = hypercorn.asyncio.serve


def serve_patiently(app, config):
    config.keep_alive_timeout = IDLE_SECONDS
    return serve(app, config)


hypercorn.asyncio.serve = serve_patiently

# MiniStack rejects alarms on several metrics or on a query. They become alarms on a metric that nothing writes: they exist
# and stay as they are.
alarm = provisioners._cw_metric_alarm_record


def alarm_on_any_metric(name, props):
    if "Metrics" in props:
        props = {**props, "Metrics": [], "Namespace": "several metrics", "MetricName": name}
    return alarm(name, props)


provisioners._cw_metric_alarm_record = alarm_on_any_metric

# MiniStack reads the log of a function for 50 ms after the answer. On a busy machine, a line can come later. It is then read
# only at the next invocation of that process, which may never come. A function that logs nothing takes as long as this.
if "LOG_SECONDS" in os.environ:
    Worker._drain_stderr_bounded.__defaults__ = (float(os.environ["LOG_SECONDS"]), 0.1, 10.0)  # seconds: for the first line, after each line, in all

main()
