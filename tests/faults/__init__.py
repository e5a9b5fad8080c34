"""The fault table: the whole agent on a model server where one thing goes wrong, for each fault and model family.

`make faults` prints it. The model is as competent as its prompt allows and has one bad habit, or its server one fault.
It is not held to a grammar: servers do not do so either while a model thinks, and older ones not without thinking.

`rows.py` says which rows there are, `ours.py` and `stock.py` run one, `verdict.py` judges it, `table.py` prints them.
"""
