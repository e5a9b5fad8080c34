"""The fault table: the whole agent on a model server where one thing goes wrong, for each fault and model family.

`rows.py` says which rows there are, `ours.py` and `stock.py` run one, `verdict.py` judges it, `table.py` prints them.
"""
