"""Training sessions: plans that volunteers write, and what of them an edition may show.

plan        the records as typed in `interviews/training/*.yml`
tree        YAML without surprises, and the line of every field
reading     a file as a plan, with everything that is wrong in it
finding     a clip's place on the film's clock, by chapter, by words or by time
published   a plan as an edition carries it: only clips of stories that are in it
shelf       from a workspace's plans to published ones, and what became of each
words       a plan's title and texts for a search
starting    a new plan's file, with what is still to be written marked
feedback    evaluation forms collected as CSV   charts   picture   their page
"""
