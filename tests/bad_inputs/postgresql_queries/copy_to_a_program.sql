-- expected: (SQLSTATE 42601
COPY patients TO PROGRAM 'cat'
