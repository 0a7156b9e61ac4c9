# PTH202@2: npm -g --prefix
npm install -g --prefix /home/node configurable-http-proxy
