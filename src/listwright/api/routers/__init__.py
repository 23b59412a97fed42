"""The operations of REST, a router per noun."""
