"""`trace-too-long`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit, Persona
from bylaw.analysis.http_rules.view import RulesView
from bylaw.analysis.rule import HttpRule
from bylaw.languages.http_rules.model import Limit
from bylaw.model.diagnostics import Severity

MOST = 31
"""Rules whose steps fit into a trace, with one step for the kill switch."""


class TraceTooLong(HttpRule):
    """More rules than a telemetry trace can carry.

    ## What it finds

    A document with more than 31 rules that allow or deny.

    ## Why it matters

    The original exports 32 steps of an evaluation at most, so traces are shortened and may not show the rule that was tried
    last.

    ## Example

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: r0
        allow: {url: "h0.example.com/*"}
      - name: r1
        allow: {url: "h1.example.com/*"}
      - name: r2
        allow: {url: "h2.example.com/*"}
      - name: r3
        allow: {url: "h3.example.com/*"}
      - name: r4
        allow: {url: "h4.example.com/*"}
      - name: r5
        allow: {url: "h5.example.com/*"}
      - name: r6
        allow: {url: "h6.example.com/*"}
      - name: r7
        allow: {url: "h7.example.com/*"}
      - name: r8
        allow: {url: "h8.example.com/*"}
      - name: r9
        allow: {url: "h9.example.com/*"}
      - name: r10
        allow: {url: "h10.example.com/*"}
      - name: r11
        allow: {url: "h11.example.com/*"}
      - name: r12
        allow: {url: "h12.example.com/*"}
      - name: r13
        allow: {url: "h13.example.com/*"}
      - name: r14
        allow: {url: "h14.example.com/*"}
      - name: r15
        allow: {url: "h15.example.com/*"}
      - name: r16
        allow: {url: "h16.example.com/*"}
      - name: r17
        allow: {url: "h17.example.com/*"}
      - name: r18
        allow: {url: "h18.example.com/*"}
      - name: r19
        allow: {url: "h19.example.com/*"}
      - name: r20
        allow: {url: "h20.example.com/*"}
      - name: r21
        allow: {url: "h21.example.com/*"}
      - name: r22
        allow: {url: "h22.example.com/*"}
      - name: r23
        allow: {url: "h23.example.com/*"}
      - name: r24
        allow: {url: "h24.example.com/*"}
      - name: r25
        allow: {url: "h25.example.com/*"}
      - name: r26
        allow: {url: "h26.example.com/*"}
      - name: r27
        allow: {url: "h27.example.com/*"}
      - name: r28
        allow: {url: "h28.example.com/*"}
      - name: r29
        allow: {url: "h29.example.com/*"}
      - name: r30
        allow: {url: "h30.example.com/*"}
      - name: r31
        allow: {url: "h31.example.com/*"}
    ```

    ## Instead

    ```yaml
    default: deny
    mode: enforce
    rules:
      - name: api
        allow: {url: "api.example.com/*"}
    ```
    """

    id = "trace-too-long"
    area = Area.HTTP
    severity = Severity.NOTE
    since = "0.1.0"
    persona = Persona.PEDANTIC

    def check(self, view: RulesView) -> Iterable[Hit]:
        """Too many."""
        if sum(not isinstance(rule.action, Limit) for rule in view.rules.rules) > MOST:
            yield self.of_key(
                view,
                "rules",
                f"more than {MOST} rules: exported traces are shortened",
                help="join rules, or live with it",
            )
