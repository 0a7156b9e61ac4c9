# quiet: a variable with a similar name
MY_PREFIX_DOC=/home/x
TESTPREFIX=/scratch/t make check
