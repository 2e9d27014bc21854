//! The whole deployment in-process, over the real wire protocols: for the demo and the tests.
