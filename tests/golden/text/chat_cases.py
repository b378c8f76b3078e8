"""Conversations and templates of the golden chats. The templates are our own, in the manner of known families."""


def turns(*contents, system=None):
    first = [] if system is None else [{"role": "system", "content": system}]
    return first + [{"role": "assistant" if i % 2 else "user", "content": c} for i, c in enumerate(contents)]


CONVERSATIONS = [
    turns("Hello"), turns("What is 2+2?", "4", "And 3+3?"), turns("Hi", system="You are brief."),
    turns("Hi", "Hello!", "Name a river.", "The Aare.", "Another?", system="Answer in one word."),
    turns("  spaces around  ", " kept? \n", "\n\nnew lines\n"), turns("ünïcödé 你好 👩‍👩‍👧", "привет", "שלום"),
    turns("quotes 'single' \"double\" and \\ backslash"), turns("{{ messages }} {% if x %} {# no #}"),
    turns("<|im_end|> </s> [INST] <end_of_turn>"), turns(""), turns("", "", ""), turns("code:\n```py\nx = {1: 2}\n```"),
    turns("tab\tand\r\ncarriage"), turns("a", "b", "c", "d", "e", "f", "g"), turns("only system follows", system=""),
    turns("long " * 60), turns("ends with user", "yes", "ok", "sure"), turns("nul \x00 inside", "\x01\x02"),
    [{"role": "system", "content": "Lone system."}],
    [{"role": "user", "content": "one"}, {"role": "user", "content": "two in a row"}],
]

TEMPLATES = {
    "llama2": """{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}{% set system = messages[0]['content'] %}
{%- else %}{% set turns = messages %}{% set system = false %}{% endif %}
{%- for turn in turns %}{% if (turn['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Turns must alternate, user first') }}{% endif %}
{%- if loop.index0 == 0 and system != false %}{% set text = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + turn['content'] %}
{%- else %}{% set text = turn['content'] %}{% endif %}
{%- if turn['role'] == 'user' %}{{ bos_token + '[INST] ' + text.strip() + ' [/INST]' }}
{%- elif turn['role'] == 'assistant' %}{{ ' ' ~ text.strip() ~ ' ' ~ eos_token }}{% endif %}{% endfor %}""",
    "llama3": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0].role == 'system' %}
    {%- set system = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}{{- "Tools: " + tools | tojson(indent=4) }}{%- endif %}
{{- "Today is " + date_string + "\\n\\n" + system + "<|eot_id|>" }}
{%- for m in messages %}
    {%- if not (m.role == 'ipython' or 'tool_calls' in m) %}
        {{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "qwen2": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- for tool in tools %}{{ "\\n" }}{{ tool | tojson }}{%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(last=messages|length - 1, found=false) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if not ns.found and message.role == "user" and message.content is string and not (message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
        {%- set ns.found = true %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
        {%- if loop.index0 == ns.last %}{{- '[last]' -}}{% endif %}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (loop.previtem.role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "mistral": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{#- A comment between the parts. #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("Roles must alternate: " ~ message['role'] ~ " at " ~ ns.index) }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"] | trim + eos_token }}
    {%- endif %}
{%- endfor %}
{{- "(" ~ user_messages | length ~ ")" }}
""",
    "gemma": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}""",
    "zephyr": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}
""",
    "chatml": """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}
{%- macro turn(role, text, close=true) -%}
<|im_start|>{{ role }}
{{ text }}{% if close %}<|im_end|>{% endif %}

{% endmacro %}
{% for message in messages if message.content is not none %}
    {%- if loop.first and message['role'] != 'system' %}{{ turn('system', 'Default.') }}{% endif %}
    {{- turn(message['role'], message['content']) }}
{%- else %}
nothing
{%- endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""",
    "phi3": """{% set ns = namespace(words=[], n=0) %}{% for message in messages %}
    {%- if message['role'] in ['user', 'system'] -%}
        {{ '<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n' }}
    {%- elif message['role'] == 'assistant' and message['content'] -%}
        {% generation %}{{ '<|assistant|>\\n' + message['content'] + '<|end|>\\n' }}{% endgeneration %}
    {%- else -%}{% continue %}{%- endif %}
    {%- set ns.n = ns.n + (message['content'].split(' ') | length) %}{% if ns.n > 40 %}{% break %}{% endif %}
{%- endfor %}{{ ns.n }};{{ messages | map(attribute='role') | join(', ') }};{{ messages[-1].content[:5] | upper }};
{{- messages[0] | tojson }};{{ 'yes' if add_generation_prompt else 'no' }};{{ eos_token if not add_generation_prompt }}""",
}
