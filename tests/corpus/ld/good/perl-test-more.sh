# perl test more
perl -MTest::More=tests,1 -e 'is($ENV{LD_LIBRARY_PATH}, undef, "LD_LIBRARY_PATH=... is not set")'
