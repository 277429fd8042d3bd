// A target of CMake needs a source; what counts is the header that is precompiled with its flags.
