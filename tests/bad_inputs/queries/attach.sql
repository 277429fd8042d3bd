-- expected: asks for ATTACH
ATTACH DATABASE '/etc/other.db' AS other
