# PTH202@2: gem --install-dir
gem install --no-document --install-dir /global/gems bundler -v 2.5.0
