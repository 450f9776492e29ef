"""What is done with editions once they are made: packed for layout, and compared with each other.

An edition is read from its folder alone; nothing here opens a register or draws.
"""
