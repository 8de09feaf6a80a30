# SPDX-License-Identifier: Apache-2.0
"""Tells Shiplog when a run of ansible-playbook starts and how it ends."""

from __future__ import annotations

DOCUMENTATION = """
name: shiplog
type: notification
short_description: report runs of ansible-playbook to Shiplog as deployments
description:
  - Sends one small JSON message when the first play starts and one when the run ends.
  - It never fails a run. What goes wrong is shown as a warning; a server that does not answer costs the timeout once, at the end.
  - What is deployed is told by the options below, or by variables of the same names with C(shiplog_) before them, from the inventory,
    the play, C(--extra-vars) or C(set_stats), each of which goes before the ones named before it and before the options.
  - No other variable is sent, and nothing of tasks and their results but how many changed something.
requirements:
  - enabled in the configuration, by C(callbacks_enabled = shiplog)
options:
  url:
    description: Address to which is sent, such as C(https://shiplog.example.org/api/v1/hooks/ansible). Without it nothing is sent.
    type: str
    env: [{name: SHIPLOG_HOOK_URL}]
    ini: [{section: callback_shiplog, key: url}]
  token:
    description: What the key C(webhook) of the source in shiplog.yaml says, as C({ token })
    type: str
    env: [{name: SHIPLOG_HOOK_TOKEN}]
    ini: [{section: callback_shiplog, key: token}]
  timeout:
    description: Seconds after which an answer is no longer waited for
    type: float
    default: 5
    env: [{name: SHIPLOG_HOOK_TIMEOUT}]
    ini: [{section: callback_shiplog, key: timeout}]
  service:
    description: What is deployed
    type: str
    env: [{name: SHIPLOG_SERVICE}]
    ini: [{section: callback_shiplog, key: service}]
  environment:
    description: Where to
    type: str
    env: [{name: SHIPLOG_ENVIRONMENT}]
    ini: [{section: callback_shiplog, key: environment}]
  version:
    description: Which version
    type: str
    env: [{name: SHIPLOG_VERSION}]
    ini: [{section: callback_shiplog, key: version}]
  commit:
    description: Full id of the commit that is deployed
    type: str
    env: [{name: SHIPLOG_COMMIT}]
    ini: [{section: callback_shiplog, key: commit}]
  repository:
    description: Repository in which that commit is
    type: str
    env: [{name: SHIPLOG_REPOSITORY}]
    ini: [{section: callback_shiplog, key: repository}]
  link:
    description: Address of a page about this run, such as that of the CI job
    type: str
    env: [{name: SHIPLOG_LINK}]
    ini: [{section: callback_shiplog, key: link}]
"""

import atexit
import json
import os
import subprocess
import sys
import urllib.request
import uuid
from datetime import datetime, timezone

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.template import Templar

NAMES = ("service", "environment", "version", "commit", "repository")

# Runs in a process of its own, so that the run neither waits for it nor shares threads with it.
SENDER = """
import json, sys, urllib.request
given = json.load(sys.stdin)
request = urllib.request.Request(given["url"], given["body"].encode(), given["headers"])
urllib.request.urlopen(request, timeout=given["timeout"]).close()
"""


def now():
    return datetime.now(timezone.utc).isoformat()


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "shiplog"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.process = os.getpid()
        self.run = None
        self.told = {}
        self.by_variable = set()
        self.has_failed = False
        self.has_ended = False

    def v2_playbook_on_start(self, playbook):
        self._guard(self._begin, playbook)

    def v2_playbook_on_play_start(self, play):
        self._guard(self._look, play)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.has_failed = self.has_failed or not ignore_errors

    def v2_runner_on_unreachable(self, result):
        self.has_failed = True

    def v2_playbook_on_stats(self, stats):
        self._guard(self._end, stats)

    def _guard(self, work, *given):
        """Whatever goes wrong here is no matter of the run."""
        try:
            work(*given)
        except Exception as error:
            self._warn(error)

    def _warn(self, error):
        try:
            self._display.warning("Shiplog was not told all of this run: %s: %s" % (type(error).__name__, error))
        except Exception:
            pass

    def _begin(self, playbook):
        # AWX tells of its jobs itself.
        is_in_awx = "AWX_HOST" in os.environ and "JOB_ID" in os.environ
        if not self.get_option("url") or is_in_awx:
            return
        arguments = context.CLIARGS
        self.run = {
            "shiplog": 1,
            "run": uuid.uuid4().hex,
            "playbook": os.path.basename(playbook._file_name)[:1000],
            "started": now(),
            "check": bool(arguments.get("check")),
            "inventory": self._inventory(arguments.get("inventory")),
            "limit": arguments.get("subset"),
            "url": self.get_option("link"),
        }
        for name in NAMES:
            if self.get_option(name):
                self.told[name] = self.get_option(name)
        atexit.register(self._guard, self._abandon)

    @staticmethod
    def _inventory(given):
        """`production` of inventories/production/hosts.yml or production.ini; none of a list of hosts."""
        given = [given] if isinstance(given, str) else list(given or [])
        paths = [one for one in given if "," not in one]
        if len(paths) != 1 or paths[0].startswith("/etc/ansible"):
            return None
        path = os.path.abspath(paths[0])
        name = os.path.splitext(os.path.basename(path))[0]
        return os.path.basename(os.path.dirname(path)) if name in ("hosts", "inventory") else name

    def _look(self, play):
        if self.run is None:
            return
        is_first = "status" not in self.run
        try:
            variables = self._variables(play)
        except Exception as error:
            self._warn(error)
            variables = {}
        for name, value in variables.items():
            # The first play that says it holds.
            if name not in self.by_variable:
                self.by_variable.add(name)
                self.told[name] = value
        self.run["status"] = "running"
        if is_first:
            self._send_aside(self._message())

    def _variables(self, play):
        manager = play.get_variable_manager()
        hosts = manager._inventory.get_hosts(play.hosts) if getattr(manager, "_inventory", None) else []
        variables = manager.get_vars(play=play, host=hosts[0] if hosts else None)
        templar = Templar(loader=play.get_loader() or getattr(manager, "_loader", None), variables=variables)
        found = {}
        for name in NAMES:
            value = variables.get("shiplog_" + name)
            if value is None:
                continue
            try:
                text = str(templar.template(value))
            except Exception:
                # It rests on what only a task will know: set_stats can tell it then.
                continue
            if text and "{{" not in text:
                found[name] = text[:500]
        return found

    def _end(self, stats):
        if self.run is None:
            return
        summaries = [stats.summarize(host) for host in stats.processed]
        has_failed = any(one["failures"] or one["unreachable"] for one in summaries)
        for name in NAMES:
            value = (getattr(stats, "custom", None) or {}).get("_run", {}).get("shiplog_" + name)
            if value:
                self.told[name] = str(value)[:500]
        self._finish("failed" if has_failed else "successful", sum(one["changed"] for one in summaries))

    def _abandon(self):
        """The run ended without a summary: it was interrupted, or could not go on."""
        if self.run is not None and not self.has_ended and os.getpid() == self.process:
            self._finish("failed" if self.has_failed else "canceled", None)

    def _finish(self, status, changed):
        if self.has_ended:
            return
        self.has_ended = True
        self.run.update(status=status, changed=changed, finished=now())
        message = self._message()
        request = urllib.request.Request(message["url"], message["body"].encode(), message["headers"])
        urllib.request.urlopen(request, timeout=message["timeout"]).close()

    def _message(self):
        headers = {"Content-Type": "application/json", "User-Agent": "shiplog-ansible"}
        if self.get_option("token"):
            headers["Authorization"] = "Bearer " + self.get_option("token")
        return {
            "url": self.get_option("url"),
            "timeout": float(self.get_option("timeout")),
            "headers": headers,
            "body": json.dumps({**self.run, **self.told}),
        }

    def _send_aside(self, message):
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        sender.stdin.write(json.dumps(message).encode())
        sender.stdin.close()
