"""Architecture II: a language model that takes media in as vectors and gives vectors out.

There is no plan. The model reads the conversation with its pictures, films and sounds, and answers
with words and, where it decides to, signal tokens; what it thought at these is what a generator is
told instead of words.
"""
