-- expected: asks for DETACH
DETACH DATABASE main
