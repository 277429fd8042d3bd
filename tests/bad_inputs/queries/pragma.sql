-- expected: asks for PRAGMA
PRAGMA table_info(patients)
