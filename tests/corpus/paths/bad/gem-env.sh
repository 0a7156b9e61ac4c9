# PTH202@2: GEM_HOME
export GEM_HOME=/home/gems
gem install bundler
