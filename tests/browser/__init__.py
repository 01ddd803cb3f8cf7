"""The portal in a real browser: a whole journey, without JavaScript, accessibility, and the pictures in docs."""
