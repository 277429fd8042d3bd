# Reference values for the tests of regressions by newton: made-up rows of four hospitals, and what R (glm, lm and
# survival::coxph) says of them all in one place.
#
#   Rscript tests/reference/regressions.R tests/reference
#
# writes rows.csv and regressions.json into that folder. Debian: r-base-core r-cran-survival r-cran-jsonlite.
library(survival)
library(jsonlite)

folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.0.0")
set.seed(20)
n <- 480
site <- rep(c("north", "east", "south", "west"), times = c(150, 60, 190, 80))
shift <- c(north = 0, east = 4, south = -3, west = 1)[site]
age <- round(pmin(95, pmax(18, rnorm(n, 58 + shift, 13))))
bmi <- round(pmin(60, pmax(12, rnorm(n, 26.4, 4.6))), 1)
sex <- ifelse(runif(n) < 0.45, "female", "male")
stage <- sample(c("I", "II", "III"), n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
worse <- c(I = 0, II = 0.5, III = 1.2)[stage]
ill <- ifelse(runif(n) < plogis(-4 + 0.045 * age + 0.03 * bmi + 0.5 * (sex == "male") + worse), "yes", "no")
pressure <- round(95 + 0.55 * age + 0.4 * bmi + 3 * (sex == "male") + rnorm(n, 0, 11), 1)
years <- round(runif(n, 0.2, 9), 2)
visits <- rpois(n, years * exp(-1.2 + 0.012 * age + 0.4 * worse + 0.2 * (sex == "male")))
# Times in whole weeks, so that many are tied.
rate <- exp(-5.4 + 0.03 * age + 0.8 * worse + c(north = 0, east = 0.4, south = -0.5, west = 0.2)[site])
event_time <- ceiling(rexp(n, rate))
censored_at <- ceiling(runif(n, 4, 110))
weeks <- pmin(event_time, censored_at)
died <- as.integer(event_time <= censored_at)
bmi[sample(n, 17)] <- NA
age[sample(n, 6)] <- NA
rows <- data.frame(site, age, bmi, sex, stage, ill, pressure, visits, years, weeks, died)
write.csv(rows, file.path(folder, "rows.csv"), row.names = FALSE, quote = FALSE)

rows <- na.omit(read.csv(file.path(folder, "rows.csv")))
estimates <- function(fit, table, intervals) {
  list(names = rownames(table), estimate = unname(table[, 1]), standard_error = unname(table[, 2]),
       statistic = unname(table[, 3]), p_value = unname(table[, 4]),
       lower = unname(intervals[, 1]), upper = unname(intervals[, 2]),
       log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit))
}
exact <- glm.control(epsilon = 1e-15, maxit = 100)
of_glm <- function(fit) {
  # Once more from the solution: glm's standard errors are those of the step before the last.
  fit <- update(fit, start = coef(fit))
  c(estimates(fit, summary(fit)$coefficients, confint.default(fit)), list(deviance = deviance(fit), rows = nobs(fit)))
}
of_cox <- function(ties) {
  fit <- coxph(Surv(weeks, died) ~ age + bmi + sex + stage + strata(site), rows, ties = ties,
               control = coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15))
  c(estimates(fit, summary(fit)$coefficients[, c(1, 3, 4, 5)], confint(fit)),
    list(null_log_likelihood = fit$loglik[1], rows = fit$n, events = fit$nevent))
}
logistic <- of_glm(glm(I(ill == "yes") ~ age + bmi + sex + stage, binomial, rows, control = exact))
poisson <- of_glm(glm(visits ~ age + bmi + sex + stage + offset(log(years)), poisson, rows, control = exact))
line <- lm(pressure ~ age + bmi + sex + stage, rows)
linear <- c(estimates(line, summary(line)$coefficients, confint(line)),
            list(deviance = deviance(line), rows = nobs(line), residual_standard_error = sigma(line)))
result <- list(incomplete = n - nrow(rows), logistic = c(logistic, list(events = sum(rows$ill == "yes"))),
               linear = linear, poisson = poisson, cox_efron = of_cox("efron"), cox_breslow = of_cox("breslow"))
write(toJSON(result, digits = NA, auto_unbox = TRUE, pretty = TRUE), file.path(folder, "regressions.json"))
