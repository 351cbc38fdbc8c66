"""A city in simulated time: people report, offices with so many hands pass cases on, teams drive and work; minutes of it in seconds.

`life.lived` lets a town live for some days: `citizens` says who reports what when, `offices` what becomes of it, `fleet` who drives where.
`policies` compares rules of dispatch on the same fleet. The demo city's history comes from the same draws in a quicker form (`lives`), in
which nobody waits for anybody; docs/simulated_city.md holds both against real cities.
"""
