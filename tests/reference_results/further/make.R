# Makes the tables of this folder from data that R's survival and msm bring with them.
#
#     Rscript make.R      # in this folder
#
# Made with R 4.2.2, survival 3.5-3, msm 1.7-1. Numbers have 15 digits.
suppressMessages(library(survival))
written <- function(table, name) {
  table[] <- lapply(table, function(x) if (is.numeric(x)) signif(x, 15) else x)
  write.csv(table, name, row.names = FALSE, quote = FALSE)
}
curve <- function(fit, name) {
  of <- summary(fit, censored = TRUE)
  written(data.frame(strata = as.character(of$strata), time = of$time, n.risk = of$n.risk, n.event = of$n.event,
                     surv = of$surv, std.err = of$std.err, lower = of$lower, upper = of$upper), name)
}
states <- function(fit, name) {
  of <- summary(fit, censored = TRUE)
  rows <- lapply(seq_along(fit$states), function(j)
    data.frame(time = of$time, state = fit$states[j], p = of$pstate[, j], se = of$std.err[, j],
               lower = of$lower[, j], upper = of$upper[, j]))
  written(subset(do.call(rbind, rows), state != "(s0)"), name)
}

# Stanford heart transplants: late entry, one row before and one after the transplant.
written(heart[, c("start", "stop", "event", "transplant")], "heart.csv")
curve(survfit(Surv(start, stop, event) ~ transplant, heart, conf.type = "log-log"), "heart_km.csv")

# Lung cancer (Veterans' Administration): tied times, four groups.
written(veteran[, c("celltype", "time", "status")], "veteran.csv")
curve(survfit(Surv(time, status) ~ celltype, veteran, conf.type = "log-log"), "veteran_km.csv")

# Recurrences of bladder cancer: a counting process of five states, errors clustered by patient.
recurring <- transform(bladder2, stage = factor(enum - 1, 0:4, paste0("r", 0:4)),
                       into = factor(ifelse(event == 1, enum, 99), c(99, 1:4), c("censor", paste0("r", 1:4))))
written(recurring[, c("id", "start", "stop", "stage", "into")], "bladder.csv")
states(survfit(Surv(start, stop, into) ~ 1, recurring, id = id, istate = stage, conf.type = "log-log"), "bladder_aj.csv")

# Biliary cirrhosis: bilirubin in three classes at each visit, with returns, and death. Every eighth patient.
seen <- pbcseq[order(pbcseq$id, pbcseq$day), ]
seen <- subset(seen, id %% 8 == 0)
seen$stage <- cut(seen$bili, c(0, 1, 4, Inf), c("low", "mid", "high"), right = FALSE)
last <- !duplicated(seen$id, fromLast = TRUE)
coming <- c(as.character(seen$stage[-1]), NA)
seen$start <- seen$day
seen$stop <- ifelse(last, seen$futime, c(seen$day[-1], NA))
seen$into <- ifelse(last, ifelse(seen$status == 2, "dead", "censor"), ifelse(coming == as.character(seen$stage), "censor", coming))
seen <- seen[seen$stop > seen$start, ]
seen$into <- factor(seen$into, c("censor", "low", "mid", "high", "dead"))
seen$from <- factor(as.character(seen$stage), c("low", "mid", "high", "dead"))
written(data.frame(id = seen$id, start = seen$start, stop = seen$stop, stage = seen$stage, into = seen$into), "cirrhosis.csv")
begin <- as.numeric(prop.table(table(seen$from[seen$start == 0])))
states(survfit(Surv(start, stop, into) ~ 1, seen, id = id, istate = from, p0 = begin, conf.type = "log-log"), "cirrhosis_aj.csv")

# Monoclonal gammopathy: progression with death competing, on the clock of age (late entry). Every fourth patient.
mgus <- subset(mgus2, id %% 4 == 0)
mgus$time <- mgus$age + with(mgus, ifelse(pstat == 1, ptime, futime)) / 12
mgus$event <- factor(with(mgus, ifelse(pstat == 1, 1, 2 * death)), 0:2, c("censor", "pcm", "death"))
mgus <- subset(mgus, time > age)
written(data.frame(entry = mgus$age, time = mgus$time, event = mgus$event), "mgus.csv")
states(survfit(Surv(age, time, event) ~ 1, mgus, id = id, conf.type = "log-log"), "mgus_incidence.csv")

# Heart transplants (cav): those not dead are known to be alive 20.5 years after transplantation, at a stage not known.
suppressMessages(library(msm))
alive <- subset(cav[!duplicated(cav$PTNUM, fromLast = TRUE), ], state != 4)
alive <- transform(alive, years = 20.5, state = 99)
until <- rbind(cav, alive)
until <- until[order(until$PTNUM, until$years), ]
allowed <- rbind(c(0, .25, 0, .25), c(.166, 0, .166, .166), c(0, .25, 0, .25), c(0, 0, 0, 0))
fit <- msm(state ~ years, subject = PTNUM, data = until, qmatrix = allowed, deathexact = 4, censor = 99,
           censor.states = 1:3, method = "BFGS", control = list(fnscale = 4000, maxit = 20000, reltol = 1e-16))
written(data.frame(log.rate = as.numeric(fit$estimates), se = sqrt(diag(fit$covmat)), minus2loglik = fit$minus2loglik),
        "cav_until.csv")

# Aortic aneurysms at screening: a panel of four stages with returns, no absorbing one, every subject begun at 60 years.
suppressMessages(library(msm))
written(aneur[, c("ptnum", "age", "state")], "aneurysm.csv")
ways <- rbind(c(0, 1, 0, 0), c(1, 0, 1, 0), c(0, 1, 0, 1), c(0, 0, 1, 0))
begin <- crudeinits.msm(state ~ age, ptnum, data = aneur, qmatrix = ways)
fit <- msm(state ~ age, subject = ptnum, data = aneur, qmatrix = begin,
           control = list(fnscale = 4000, maxit = 10000, reltol = 1e-15))
of <- qmatrix.msm(fit)
at <- which(ways == 1, arr.ind = TRUE)
at <- at[order(at[, 1], at[, 2]), ]
written(data.frame(from = at[, 1], to = at[, 2], log.rate = log(of$estimates[at]), se = of$SE[at] / of$estimates[at],
                   minus2loglik = fit$minus2loglik), "aneurysm_fit.csv")
over <- pmatrix.msm(fit, t = 5)
written(data.frame(from = rep(1:4, each = 4), to = rep(1:4, 4), p = as.vector(t(over))), "aneurysm_p5.csv")
