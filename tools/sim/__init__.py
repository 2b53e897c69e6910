"""A home on several devices and a hub, in virtual time over a bad network, judged by somebody who saw everything."""
