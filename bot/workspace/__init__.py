"""A pretend Slack: the wire, the rules and the people, and nothing of ours.

    workspace = Workspace(HALDEN_GOODS, clock=clock)                                # state.py, cast.py
    async with PretendSlack(workspace, manifest=parsed_yaml, tokens=tokens) as slack:  # server.py, model.py
        client = AsyncWebClient(token=tokens.bot, base_url=slack.api_url)
        …                                                                           # the app connects
        ts = await slack.people.say("maya", "help", "my invoice is wrong")          # people.py
        reply = await workspace.until(lambda: slack.people.thread("help", ts)[1:])
        slack.faults.on_call("chat.postMessage", RateLimited(retry_after_seconds=2))  # faults.py
        slack.start_over(HALDEN_GOODS)                                              # nothing was ever said

With `desktop=Desktop(…)` it also serves a page on which one can be any of its people: desktop.py has what the page is
given, control.py its routes, acts.py what people do there, sight.py what one person sees, news.py what changed for
them since, live.py the windows it is shown in, and guard.py keeps everybody out who is not on this machine.

What Slack would refuse an app is a `RejectedError` on its way to becoming `{"ok": false}`; what Slack's client
would not let a person do is a `NotPossibleError` for whoever wrote the story. `model.py` has the nouns and the two
sets of knobs, `Limits` and `Timing`. A new Web API method is one line in a METHODS table of an `api_*` module. Files
come in three steps: api_files.py announces and completes, uploads.py takes the bytes, pictures.py says which of them
a block may show.
"""
