-- expected: (SQLSTATE 42601
INSERT INTO patients VALUES (9, 9, 'none', 'no')
