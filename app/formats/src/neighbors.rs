//! Finding the files a model names: textures, buffers, material libraries.
