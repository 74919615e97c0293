"""Does this export of an audit hold? Run it where it lies: python3 -I verify.py. It needs nothing but Python.
Checkpoints that were kept elsewhere, one a line in a file kept.jsonl beside it, must be in the chain, too.
"""

import hashlib
import json


def content(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def must(holds: object, sentence: str) -> None:
    if not holds:
        raise SystemExit("BROKEN: " + sentence)


manifest, kept = json.loads(content("manifest.json")), [json.loads(content("checkpoint.json"))]
files = {name: hashlib.sha256(content(name)).hexdigest() for name in ("checkpoint.json", "verify.py")}
try:
    kept += [json.loads(line) for line in content("kept.jsonl").splitlines() if line.strip()]
except FileNotFoundError:
    print("There is no kept.jsonl, so nothing shows whether the end was cut off before the export.")
seq, prev, ends, digest, hashes = 0, "0" * 64, [], hashlib.sha256(), {one["seq"]: "" for one in kept}
with open("entries.jsonl", "rb") as entries:
    for line in entries:
        seq, event = seq + 1, json.loads(line)["event"]
        written = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        sealed = hashlib.sha256(b"audit.v1\0" + prev.encode() + written.encode()).hexdigest()
        is_next = [event["tenant"], event["seq"], event["prev"]] == [manifest["tenant"], seq, prev]
        must(is_next and line == f'{{"event":{written},"hash":"{sealed}"}}\n'.encode(), f"entry {seq} is not the one.")
        prev, ends = sealed, [*ends[:1], {"at": event["at"], "hash": sealed, "seq": seq}]
        hashes.update({seq: sealed} if seq in hashes else {})
        digest.update(line)
for one in kept:
    must([one["tenant"], one["hash"]] == [manifest["tenant"], hashes[one["seq"]]], f"not in the chain: {one}.")
told = {"entries": seq, "files": files | {"entries.jsonl": digest.hexdigest()}, "first": ends[0], "last": ends[-1]}
must(manifest == {**told, "tenant": manifest["tenant"], "v": 1} and kept[0]["seq"] == seq, "manifest.json errs.")
print(f"Whole: {seq} entries of {manifest['tenant']}, each follows from the last; checkpoints that hold: {len(kept)}.")
