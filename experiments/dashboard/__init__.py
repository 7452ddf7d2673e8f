"""A page on which policies are tuned and watched at work: `commonweal dashboard`.

`draft` holds what a person has typed, `worker` runs the two scenarios in a thread, `frames` says what a month leaves
for the screen, `session` joins them for one browser tab, and none of these knows how it is shown. `page` and `parts/`
show it, with Solara; `serve` starts the server.
"""
