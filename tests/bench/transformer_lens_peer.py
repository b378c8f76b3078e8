"""Times TransformerLens' own activation patching on the prompts of the benchmark, and prints one JSON document.

    python transformer_lens_peer.py MODEL.gguf [--repeat 1]

The whole grid of layers and tokens by `transformer_lens.patching.get_act_patch_resid_pre` with the logit difference as
its metric: clean states written into the corrupted run, as the documentation of the library shows it. Its values are
printed too, so that they can be held against others'. Needs transformer-lens 4 and gguf.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformer_lens import patching
from transformer_lens.model_bridge import TransformerBridge

import peers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    prompts = json.loads((Path(__file__).parent / "bench.json").read_text(encoding="utf-8"))
    plain, tokenizer = peers.load(arguments.model)
    clean, corrupt, answer, wrong = (tokenizer(prompts[name]).input_ids for name in ("clean", "corrupt", "answer", "wrong"))
    clean, corrupt = torch.tensor([clean]), torch.tensor([corrupt])
    with tempfile.TemporaryDirectory() as folder:
        peers.save_folder(plain, tokenizer, folder)
        hooked = TransformerBridge.boot_transformers(folder, device="cpu", dtype=torch.float32, tokenizer=tokenizer)
    torch.set_num_threads(peers.THREADS)
    apart = float((hooked(clean)[0, -1] - plain(clean).logits[0, -1]).abs().max())
    assert apart < 1e-2, f"TransformerLens' logits are {apart} off"
    _, cache = hooked.run_with_cache(clean)

    def metric(logits):
        return logits[0, -1, answer[0]] - logits[0, -1, wrong[0]]

    seconds = []
    for _ in range(arguments.repeat):
        start = time.perf_counter()
        grid = patching.get_act_patch_resid_pre(hooked, corrupt, cache, metric)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(seconds), "grid": grid.tolist(),
                      "version": importlib.metadata.version("transformer-lens")}))


if __name__ == "__main__":
    main()
