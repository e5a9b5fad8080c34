"""A compromised model at the real gate: any call, any argument, any consent that ever was, in any order.

`make gate-machine` plays 100,000 steps. `company.py` marks every text with its owner, `books.py` reads the database
past the gate and judges each step, `machine.py` plays the model and the people around it.
"""
