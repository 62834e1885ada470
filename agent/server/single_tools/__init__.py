"""Routes that run one tool, in the forms of OpenAI's APIs: images, audio, embeddings."""
