"""Compares the speed of patchbay-cli with plain `transformers` on the default model, and judges each claim.

    python compare.py --cli build/release/bin/patchbay-cli --model FILE.gguf [--repeat 5] [--markdown RESULTS.md]
                      [--transformer-lens PYTHON]

Float32, two threads. The two sides take turns in one run; a figure is the median over the rounds. A matrix product is timed
before and after: if it moved by more than 10 % the machine was not quiet and nothing is judged.
With a Python that has transformer-lens its own patching functions are a peer too.
Exit 0: every claim holds; 1: one does not; 3: not judged.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "2"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
import transformers

import peers

HERE = Path(__file__).parent
LARGEST_MOVE = 0.10
RUNS_A_ROUND = 3  # inside one round each side repeats the workload and gives its median
NEW_TOKENS = 64


@dataclass
class Claim:
    title: str
    workload: list[str]
    peer: str  # name of the peer's method; empty for `load`, and where there is none to compare with
    least_ratio: float | None = None
    most_seconds: float | None = None
    tokens: int = 0  # where the rate is told in tokens a second
    peer_repeats: int = RUNS_A_ROUND  # 0: the peer takes minutes and runs once
    products: dict = None  # rows of each product that cannot be left out, by (outputs, inputs)
    most_of_limit: float | None = None


CLAIMS = [
    Claim("process start to first logits", ["load"], "", least_ratio=5),
    Claim("capture of every residual, 512 tokens", ["capture", "--tokens", "512"], "capture", least_ratio=2),
    Claim("greedy decoding, 64 tokens after 16", ["generate"], "generate", least_ratio=3, tokens=NEW_TOKENS),
    Claim("greedy decoding, steered", ["generate-steered"], "generate_steered", least_ratio=3, tokens=NEW_TOKENS),
    Claim("logit lens, 30 layers x 32 tokens, top 10", ["lens", "--tokens", "32"], "lens", least_ratio=2),
    Claim("Patchscope over all 30 layers of one token", ["patchscope-column"], "patchscope_column", most_seconds=0.25),
]
MOST_BYTES = 1.0e9

LAYERS, WIDTH, MLP, VOCABULARY, QKV = 30, 576, 1536, 49152, 960
BLOCK = {(QKV, WIDTH): 1, (WIDTH, WIDTH): 1, (2 * MLP, WIDTH): 1, (WIDTH, MLP): 1}


def needed(block_rows, read_out_rows):
    """Rows of every product for so many rows of blocks and of the unembedding."""
    return {shape: block_rows for shape in BLOCK} | {(VOCABULARY, WIDTH): read_out_rows}


SOURCE, TARGET, PAIR, HEADS_TEXT = 23, 21, 15, 60
# A variant written after block l still needs the blocks above it: 29, 28, ... 0 of them.
ABOVE = LAYERS * (LAYERS - 1) // 2
GRIDS = [
    Claim("Patchscope grid 30 x 30, against hooks one at a time", ["patchscope-grid"], "scope_grid_one_by_one", least_ratio=120,
          peer_repeats=0),
    Claim("Patchscope grid 30 x 30, against batched hooks", ["patchscope-grid"], "scope_grid_batched", least_ratio=40, peer_repeats=0),
    Claim("Patchscope grid 30 x 30, against batched hooks on a prefix cache", ["patchscope-grid"], "scope_grid_cached", least_ratio=3,
          peer_repeats=1, products=needed((SOURCE + TARGET) * LAYERS + LAYERS * ABOVE, LAYERS * LAYERS), most_of_limit=1.5),
    Claim("patching grid 30 x 15, against batched hooks", ["patch-grid"], "patch_grid", least_ratio=6, peer_repeats=1,
          products=needed(2 * PAIR * LAYERS + ABOVE * PAIR * (PAIR + 1) // 2, 2), most_of_limit=2),
    Claim("every head put to zero at the last token, 60 tokens", ["heads"], "", most_seconds=0.3),
    Claim("every head put to zero at every token, 60 tokens", ["heads", "--all-tokens"], "",
          products=needed(HEADS_TEXT * LAYERS + 9 * HEADS_TEXT * (ABOVE + LAYERS), 270), most_of_limit=2),
    Claim("logit lens, 30 layers x 32 tokens, top 10", ["lens", "--tokens", "32"], "", products=needed(32 * LAYERS, 32 * LAYERS),
          most_of_limit=1.6),
]


TRANSFORMER_LENS = Claim("patching grid 30 x 15, against TransformerLens' own functions", ["patch-grid"], "", least_ratio=15)
LARGEST_APART = 1e-3
LORA = [Claim("LoRA step of 8 x 128 tokens, rank 16, against peft", ["lora-step"], "", least_ratio=2),
        # Only where the processor multiplies bfloat16 does this say anything.
        Claim("the same, products in bfloat16, against peft in float32", ["lora-step-bf16"], "", least_ratio=4)]


class Ours:
    """Runs `patchbay-cli bench` and remembers the most memory it reported."""

    def __init__(self, cli, model):
        self.cli, self.model, self.peak_bytes = cli, model, 0

    def seconds(self, workload, repeat):
        command = [self.cli, "bench", *workload, "--model", self.model, "--repeat", str(repeat), "--json"]
        # Through a shell: a child started by this large process would inherit its peak memory and report that as its own.
        child = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *command], stdout=subprocess.PIPE, text=True)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {child.returncode}")
        report = json.loads(child.stdout)
        if report["threads"] != peers.THREADS or report["dtype"] != "float32":
            sys.exit(f"{workload[0]}: ran with {report['threads']} threads in {report['dtype']}, not 2 in float32")
        self.peak_bytes = max(self.peak_bytes, report["peak_rss_bytes"])
        return report["seconds"]["median"]


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def probe():
    """Seconds of a matrix product, median of many: how fast the machine is just now."""
    a, b = torch.randn(1536, 1536), torch.randn(1536, 1536)
    return statistics.median(seconds_of(lambda: a @ b) for _ in range(60))


def peer_load_seconds(model):
    """From the start of a process to its first logits, importing included."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, str(HERE / "peers.py"), model], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    line = child.stdout.readline()
    taken = time.perf_counter() - start
    child.wait()
    if line.strip() != "ready":
        sys.exit(f"the peer could not load {model}")
    return taken


def measure_load(ours, model, folder, rounds):
    """Medians of ours, and of the peer from GGUF and from a safetensors folder."""
    rows = [(ours.seconds(["load"], 1), peer_load_seconds(model), peer_load_seconds(folder)) for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*rows)]


def measure(claim, ours, their_work, rounds):
    if claim.peer_repeats == 0:
        theirs = seconds_of(their_work)
        return [statistics.median(ours.seconds(claim.workload, RUNS_A_ROUND) for _ in range(rounds)), theirs]
    their_work()  # warm
    rows = []
    for _ in range(rounds):
        mine = ours.seconds(claim.workload, RUNS_A_ROUND)
        rows.append((mine, statistics.median(seconds_of(their_work) for _ in range(claim.peer_repeats))))
    return [statistics.median(column) for column in zip(*rows)]


def best_rate(shape, rows):
    """Operations a second of the fastest of three ways to multiply `rows` rows with a matrix of this shape."""
    outputs, inputs = shape
    x, weight = torch.randn(rows, inputs), torch.randn(outputs, inputs)
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
    ways = [lambda: torch.nn.functional.linear(x, weight), lambda: torch.ops.mkldnn._linear_pointwise(x, packed, None, "none", [], ""),
            lambda: weight @ x.t()]
    fastest = min(min(seconds_of(way) for _ in range(6)) for way in ways)
    return 2 * rows * outputs * inputs / fastest


def limit_seconds(claim):
    """What the products alone take that no way of computing the workload can leave out, each at the best rate measured here."""
    return sum(2 * rows * outputs * inputs / best_rate((outputs, inputs), min(max(rows, 1), 1024))
               for (outputs, inputs), rows in claim.products.items())


def machine():
    facts = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{facts.get('model name', platform.machine())}, {os.cpu_count()} cores, {memory:.0f} GiB"


def figure(claim, seconds):
    return f"{claim.tokens / seconds:.1f} tokens/s" if claim.tokens else f"{seconds:.3f} s"


def judge(claim, mine, theirs, limit=None):
    """One row of the table: cells, and whether the claim holds."""
    required, holds = [], True
    if claim.least_ratio is not None:
        required.append(f"at least {claim.least_ratio:g} times")
        holds = holds and theirs / mine >= claim.least_ratio
    if claim.most_seconds is not None:
        required.append(f"under {claim.most_seconds:g} s")
        holds = holds and mine < claim.most_seconds
    if limit is not None:
        required.append(f"within {claim.most_of_limit:g} of the limit ({limit:.3f} s; is {mine / limit:.2f})")
        holds = holds and mine <= claim.most_of_limit * limit
    peer = [figure(claim, theirs), f"{theirs / mine:.1f}"] if theirs is not None else ["", ""]
    return [claim.title, figure(claim, mine), *peer, "; ".join(required)], holds


def transformer_lens(arguments):
    """The row of TransformerLens, its verdict, and a sentence: how far its values are from ours."""
    command = [arguments.transformer_lens, str(HERE / "transformer_lens_peer.py"), arguments.model]
    child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    theirs = json.loads(child.stdout)
    prompts = json.loads((HERE / "bench.json").read_text(encoding="utf-8"))
    grid = subprocess.run(
        [arguments.cli, "patch-grid", "--model", arguments.model, "--clean", prompts["clean"], "--corrupt", prompts["corrupt"],
         "--answer", prompts["answer"], "--wrong", prompts["wrong"], "--site", "resid_pre"],
        stdout=subprocess.PIPE, text=True, check=True)
    apart = float((torch.tensor(json.loads(grid.stdout)["grid"]) - torch.tensor(theirs["grid"])).abs().max())
    mine = statistics.median(Ours(arguments.cli, arguments.model).seconds(TRANSFORMER_LENS.workload, RUNS_A_ROUND)
                             for _ in range(arguments.repeat))
    cells, holds = judge(TRANSFORMER_LENS, mine, theirs["seconds"])
    return (cells, holds and apart <= LARGEST_APART), (
        f"TransformerLens {theirs['version']} (`get_act_patch_resid_pre`, once) and the same grid of ours are at most {apart:.1e} "
        f"apart in any cell.")


def multiplies_bfloat16():
    """Whether the processor has such products, as the program asks it."""
    return any(name in Path("/proc/cpuinfo").read_text() for name in ("avx512_bf16", "amx_bf16"))


def lora(arguments):
    """The rows of a training step, whose memory is that of training."""
    from peft_peer import PeftPeer

    with torch.inference_mode(False):
        peer = PeftPeer(arguments.model, json.loads((HERE / "bench.json").read_text(encoding="utf-8"))["capture_text"])
    claims = LORA if multiplies_bfloat16() else LORA[:1]
    return [judge(claim, *measure(claim, Ours(arguments.cli, arguments.model), peer.step, arguments.repeat))
            for claim in claims]


def run_claims(arguments):
    """Rows with their verdicts, and sentences to print below the table."""
    ours, rows = Ours(arguments.cli, arguments.model), []
    model, tokenizer = peers.load(arguments.model)
    theirs_all = peers.Peers(model, tokenizer, json.loads((HERE / "bench.json").read_text(encoding="utf-8")))
    print(f"measuring: {CLAIMS[0].title}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        peers.save_folder(model, tokenizer, folder)
        mine, gguf, plain = measure_load(ours, arguments.model, folder, arguments.repeat)
    rows.append(judge(CLAIMS[0], mine, min(gguf, plain)))
    notes = [f"`transformers` starts in {gguf:.2f} s from the GGUF file and in {plain:.2f} s from a safetensors folder of the "
             "same weights; the faster one is compared."]
    for claim in CLAIMS[1:]:
        print(f"measuring: {claim.title}", file=sys.stderr)
        rows.append(judge(claim, *measure(claim, ours, getattr(theirs_all, claim.peer), arguments.repeat)))
    for claim in GRIDS:
        print(f"measuring: {claim.title}", file=sys.stderr)
        limit = limit_seconds(claim) if claim.products else None
        if claim.peer:
            mine, theirs = measure(claim, ours, getattr(theirs_all, claim.peer), arguments.repeat)
        else:
            mine, theirs = statistics.median(ours.seconds(claim.workload, RUNS_A_ROUND) for _ in range(arguments.repeat)), None
        rows.append(judge(claim, mine, theirs, limit))
    if arguments.peft:
        print(f"measuring: {LORA[0].title}", file=sys.stderr)
        rows += lora(arguments)
    if arguments.transformer_lens:
        print(f"measuring: {TRANSFORMER_LENS.title}", file=sys.stderr)
        row, note = transformer_lens(arguments)
        rows.append(row)
        notes.append(note)
    peak = ours.peak_bytes
    rows.append((["peak resident memory of patchbay-cli", f"{peak / 1e9:.2f} GB", "", "", "under 1.0 GB"], peak < MOST_BYTES))
    return rows, notes


def table(rows, is_judged):
    lines = ["| claim | Patchbay | transformers | ratio | required | verdict |", "|---|---|---|---|---|---|"]
    for cells, holds in rows:
        verdict = ("holds" if holds else "**fails**") if is_judged else "not judged"
        lines.append("| " + " | ".join([*cells, verdict]) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--repeat", type=int, default=5, help="rounds; both sides run in each")
    parser.add_argument("--peft", action="store_true", help="training too; this Python then needs peft")
    parser.add_argument("--transformer-lens", metavar="PYTHON", help="a Python with transformer-lens 4 and gguf")
    parser.add_argument("--markdown", type=Path, help="also write the table here")
    arguments = parser.parse_args()
    with torch.inference_mode():
        torch.set_num_threads(peers.THREADS)
        probe()  # warm
        before = probe()
        rows, notes = run_claims(arguments)
        after = probe()
    moved = abs(after - before) / min(before, after)
    is_judged = moved <= LARGEST_MOVE
    lines = table(rows, is_judged) + [""] + notes + [
        f"Matrix-product probe: {before * 1e3:.2f} ms before, {after * 1e3:.2f} ms after ({moved:.1%} apart"
        + (")." if is_judged else "; more than 10 %, so nothing is judged)."),
        f"Machine: {machine()}. Float32, {peers.THREADS} threads, median of {arguments.repeat} rounds, the two sides in turn. "
        f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text("# Speed against `transformers`\n\nMade by `compare.py`.\n\n" + text, encoding="utf-8")
    if not is_judged:
        return 3
    return 0 if all(holds for _, holds in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
