"""The labour market and the spending phase once more, agent by agent, in plain Python, for readers.

The model itself works on columns with compiled kernels, which is quick and hard to read. Here every
person, household, firm and public institution is an ordinary Mesa agent with attributes, and the two
phases are loops over agents. Nothing here is quick. It does the same: the same draws decide, the same
people are hired, the same pence change hands (`tests/simulation/test_reference.py`).

Read `economy.py` first, then `labour.py` and `spending.py`, each from the top.
"""
