from readmodel.migrations.env import run

run()
