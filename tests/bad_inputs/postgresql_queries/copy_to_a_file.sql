-- expected: (SQLSTATE 42601
COPY patients TO '/tmp/stolen.csv'
