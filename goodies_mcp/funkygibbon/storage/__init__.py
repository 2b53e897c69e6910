"""What the hub keeps, behind one narrow interface: accounts, homes, and content on its way in."""
