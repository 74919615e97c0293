"""`frontdesk try`: the real bot in a pretend company. A map becomes a company, a first minute, and a look behind.

filled.py      what a map still lacks before the desk can open, filled up from the sample company
company.py     the map's channels, people and groups, as the pretend workspace's cast
clock.py       the trial's own time, which can be moved on by hand
guide.py       five things to say, and what to look for afterwards
inspection.py  what the desk knows, as JSON: read only, loopback only, never part of `frontdesk start`
running.py     the desk between two presses of "start over"
"""
