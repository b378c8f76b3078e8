#!/usr/bin/env python3
"""Makes the golden files of core/text: token ids and rendered conversations of the reference implementations.

    make_text_golden.py MODEL.gguf [OUTPUT-FOLDER]

Needs transformers, tokenizers, gguf and jinja2. Same input, same output.
"""
import json
import random
import sys
import unicodedata
from datetime import datetime
from pathlib import Path

from jinja2 import TemplateError
from transformers.utils.chat_template_utils import _compile_jinja_template
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from chat_cases import CONVERSATIONS, TEMPLATES

HERE = Path(__file__).resolve().parent
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SAMPLES = [
    "The river was high that spring, and nobody crossed it before noon.", "I'll say it's they've done what we'd asked.",
    "Der Fuchs läuft über die Straße.", "Où est la bibliothèque, s'il vous plaît ?", "El niño comió piñas mañana.",
    "Съешь ещё этих мягких булок", "Ξεσκεπάζω την ψυχοφθόρα", "איך אומרים את זה", "كيف حالك اليوم يا صديقي",
    "नमस्ते दुनिया, आप कैसे हैं", "สวัสดีชาวโลก", "你好,世界。今天天气很好", "こんにちは世界、カタカナ", "안녕하세요 세계",
    "ᠮᠣᠩᠭᠣᠯ\u180eᠪᠢᠴᠢᠭ", "ამჟამად", "Հայերեն", "አማርኛ", "தமிழ் மொழி", "ᏣᎳᎩ", "བོད་སྐད", "မြန်မာ", "ខ្មែរ", "𐌰𐌱𐌲 𝒳𝓎𝔷",
    "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 👍🏽 🇨🇭🇯🇵", "e\u0301 a\u0308\u0323 \u1e9b\u0323 Å Ω ﬁ ﬀ", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "def f(x):\n    return {k: v**2 for k, v in x.items()}  # ok\n", "#include <vector>\nint main() { return 0x1F; }\n\n",
    "SELECT * FROM t WHERE a >= 10 AND b <> 'x';", "<div class=\"a\">\t&nbsp;</div>", "https://example.org/a?b=c&d=%20#x",
    "3.14159 1,000,000 007 ²³¹ ½ Ⅷ ٣٤٥ १२३ 𝟘𝟙", "a1b22c333d4444", "2024-02-29T23:59:59.999Z", "+41 (0)79 123 45 67",
    " ", "  ", "   a", "a   ", "\t\tx\t", "\n", "\n\n\n", " \n \n ", "\r\n\r\n", "a\u00a0b\u2003c\u3000d\u0085e\u200bf\u2028g",
    "\x00", "a\x00b\x00\x00", "\x01\x02\x03\x1b[31mred\x1b[0m\x7f", "\u0080\u009f\ufeff\ufffd\uffff\U0010ffff", "",
    "<|im_start|>user\nhello<|im_end|>\n", "<|endoftext|>", "x<|im_end|><|im_end|>y", "<|im_start |> <|IM_START|>",
    "<repo_name>a/b<file_sep>c", "< |im_end|>", "<|im_end", "<s>[INST] hi [/INST]</s>", "<unk> <mask>", "…—–‘’“”«»¿¡",
    "word" * 200, "z" * 700, "ab" * 300, "ñ" * 150, "字" * 150, "!" * 257, " " * 300 + "x", "\n" * 129, "1" * 100,
    "don't DON'T 'S 'll 'LL ’s 'ſ it'ſ", "ÀÉÎ ÇÑ ẞß İıŞş Ǆǅǆ", "x^2 + y_1 = √(z) ∑∫∞ ≠ ≤", "$5 €6 £7 ¥8 ₿9", "snake_case camelCase",
]
RANGES = [(0x20, 0x7e), (0x20, 0x7e), (0x00, 0x1f), (0xa0, 0x24f), (0x250, 0x36f), (0x370, 0x52f), (0x590, 0x6ff),
          (0x900, 0xdff), (0xe00, 0x10ff), (0x1100, 0x11ff), (0x1200, 0x18af), (0x1e00, 0x20cf), (0x2100, 0x2bff),
          (0x3000, 0x30ff), (0x4e00, 0x5000), (0xac00, 0xad00), (0xf900, 0xfb4f), (0xfe00, 0xffef), (0x10000, 0x103ff),
          (0x1d400, 0x1d7ff), (0x1f300, 0x1faff), (0xe000, 0xe010)]
GLUE = ["", " ", "  ", "\n", "\t", " \n", "\u3000", "0", "'s ", "<|im_end|>", "-", "<x> ", "\u0301", "\u200d"]


def is_stable(text):
    """Unassigned characters differ between Unicode versions, so they are left out."""
    return all(unicodedata.category(c) not in ("Cn", "Cs") or c in "\uffff\U0010ffff" for c in text)


def strings(count, seed, longest):
    """`count` varied strings: the samples, mixtures of their parts, random characters of all scripts."""
    chance = random.Random(seed)
    made = [s for s in SAMPLES if len(s) <= longest]
    made = chance.sample(made, min(len(made), count // 2))
    while len(made) < count:
        if chance.random() < 0.55:
            parts = []
            for _ in range(chance.randint(1, 4)):
                words = chance.choice(SAMPLES[:-14])
                start = chance.randint(0, max(0, len(words) - 4))
                parts += [words[start:start + chance.randint(1, 14)], chance.choice(GLUE)]
            text = "".join(parts)
        else:
            low, high = chance.choice(RANGES)
            text = "".join(chance.choice(GLUE[:7]) if chance.random() < 0.2 else chr(chance.randint(low, high))
                           for _ in range(chance.randint(1, 16)))
        if is_stable(text):
            made.append(text)
    return made


def write(path, data):
    path.write_text(json.dumps(data, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="ascii")
    print(path.name, path.stat().st_size, "bytes")


def default_tokenizer(model):
    tokenizer = AutoTokenizer.from_pretrained(str(model.parent), gguf_file=model.name)
    # transformers 5.23 loses the Digits rule of pre=smollm when it reads a GGUF file.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)])
    return tokenizer


def corpus():
    words = " ".join(SAMPLES[:38]).split()
    chance = random.Random(5)
    plain = ("the quick brown fox jumps over the lazy dog while small rivers carry old stones to the wide sea and "
             "every morning the baker opens her door before the first train leaves the station").split()
    return [" ".join(chance.choice(words if chance.random() < 0.3 else plain) for _ in range(40)) for _ in range(200)]


def llama3_style():
    made = Tokenizer(models.BPE(ignore_merges=True))
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=700, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|begin|>", "<|im_end|>"]))
    # A token that no merge reaches: only ignore_merges finds it.
    data = json.loads(made.to_str())
    data["model"]["vocab"]["Ġlighthouse"] = made.get_vocab_size()
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    made = Tokenizer.from_str(json.dumps(data))
    made.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", made.token_to_id("<|begin|>"))])])
    return made


def sentencepiece_style(metaspace):
    made = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    if metaspace:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
        made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    else:
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                          decoders.Strip(" ", 1, 0)])
    # Trained on single words, as a merge across words would swallow whole sentences of so small a text.
    words = [word for line in corpus() for word in line.split()]
    made.train_from_iterator(words, trainers.BpeTrainer(vocab_size=760, show_progress=False, special_tokens=specials,
                                                        limit_alphabet=110))
    data = json.loads(made.to_str())
    data["added_tokens"] = [t for t in data["added_tokens"] if not t["content"].startswith("<0x")]
    made = Tokenizer.from_str(json.dumps(data))
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if metaspace else "<s> $A",
        special_tokens=[(name, made.token_to_id(name)) for name in ("<s>", "</s>")])
    return made


def normalised_style():
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Punctuation("contiguous"),
        pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)])
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=500, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_end|>"]))
    made.add_tokens([AddedToken("<x>", lstrip=True, rstrip=True), AddedToken("it", single_word=True),
                     AddedToken("Å", normalized=True), AddedToken("  ", normalized=False),
                     AddedToken("word", normalized=True), AddedToken("wordword", normalized=True)])
    made.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return made


def whitespace_style():
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Replace(Regex(r"\p{M}+"), "")])
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Whitespace(), pre_tokenizers.Split("_", "merged_with_previous"),
        pre_tokenizers.Split(Regex(r"[0-9]{2}"), "merged_with_next"), pre_tokenizers.Split("=", "removed")])
    made.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=500, show_progress=False,
                                                           special_tokens=["<unk>", "<|im_end|>"]))
    return made


def small_tokenizers(out):
    styles = {"llama3_style": llama3_style(), "sentencepiece_prepend": sentencepiece_style(False),
              "sentencepiece_metaspace": sentencepiece_style(True), "normalised": normalised_style(),
              "whitespace": whitespace_style()}
    for seed, (name, tokenizer) in enumerate(styles.items()):
        # Through its own text, as what a program reads from disk can differ from what was built in memory.
        tokenizer = Tokenizer.from_str(tokenizer.to_str())
        texts = strings(200, 100 + seed, 140)
        texts[:6] = ["a lighthouse", "it <x>  it's <mask> wait", "A\u030a wordword swordwords  word", "a_b__c=d==12345e",
                     "<s>hi</s> <unk> there", "<0x0A> ▁ ▁▁x"]
        cases = [[t, tokenizer.encode(t, add_special_tokens=False).ids] for t in texts]
        around = tokenizer.encode("").ids
        write(out / f"{name}.json", {"tokenizer": json.loads(tokenizer.to_str()), "around": around,
                                     "cases": cases})


def chats(out, tokenizer):
    def today(form):
        return datetime(2024, 2, 29, 13, 5, 9).strftime(form)

    def rendered(template, messages, prompt):
        try:
            return template.render(messages=messages, tools=None, documents=None, add_generation_prompt=prompt,
                                   bos_token="<s>", eos_token="</s>", strftime_now=today)
        except TemplateError as refusal:
            return {"refused": str(refusal)}
    families = {}
    for name, source in TEMPLATES.items():
        template = _compile_jinja_template(source)
        families[name] = {"source": source, "rendered": [[rendered(template, m, False), rendered(template, m, True)]
                                                         for m in CONVERSATIONS]}
    default = [[tokenizer.apply_chat_template(m, tokenize=False, add_generation_prompt=prompt)
                for prompt in (False, True)] for m in CONVERSATIONS]
    write(out / "chats.json", {"conversations": CONVERSATIONS, "default_source": tokenizer.chat_template,
                               "default": default, "families": families})


def main():
    model = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    tokenizer = default_tokenizer(model)
    texts = strings(1000, 1, 1000)
    cases = [[t, tokenizer.encode(t)] for t in texts]
    plain = [[t, tokenizer.encode(t, split_special_tokens=True)] for t in texts if "<" in t][:40]
    write(out / "default_ids.json", {"cases": cases, "plain": plain})
    small_tokenizers(out)
    chats(out, tokenizer)


if __name__ == "__main__":
    main()
