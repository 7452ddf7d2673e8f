"""Storey 4: experiments ask questions of the economy."""
