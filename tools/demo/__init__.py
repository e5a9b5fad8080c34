"""The demo company Fernlink: its people, orders and ticket stories as data, and what turns them into rows."""
