"""The demo company: its catalog made from a seed, how it gets into Listwright and the sandbox, and what happens then."""
