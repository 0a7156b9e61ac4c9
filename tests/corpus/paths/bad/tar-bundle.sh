# PTH202@2: a stream into tar with its folder in the bundle
curl -sSL https://example.org/x.tar.gz | tar xzC /home/apps --strip 1
