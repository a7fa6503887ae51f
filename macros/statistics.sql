{#
    Quantile of the standard normal distribution at probability p (0 < p < 1), by P. J. Acklam's rational
    approximation (2003), relative error below 1.15e-9: normal_quantile(0.95) is 1.644854.
#}
{% macro normal_quantile(p) -%}
    {%- set a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690, -30.66479806614716, 2.506628277459239] -%}
    {%- set b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1] -%}
    {%- set c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783] -%}
    {%- set d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1] -%}
    {%- set low = 0.02425 -%}
    {%- set r = '((' ~ p ~ ' - 0.5) * (' ~ p ~ ' - 0.5))' -%}
    {%- set q_low = 'sqrt(-2 * ln(' ~ p ~ '))' -%}
    {%- set q_high = 'sqrt(-2 * ln(1 - ' ~ p ~ '))' -%}
    case
        when {{ p }} < {{ low }}
        then {{ horner(c, q_low) }} / {{ horner(d, q_low) }}
        when {{ p }} > 1 - {{ low }}
        then - {{ horner(c, q_high) }} / {{ horner(d, q_high) }}
        else ({{ p }} - 0.5) * {{ horner(a, r) }} / {{ horner(b, r) }}
    end
{%- endmacro %}


{# A polynomial with these coefficients, highest power first, by Horner's rule. #}
{% macro horner(coefficients, x) -%}
    {%- set ns = namespace(expression='(' ~ coefficients[0] ~ 'e0)') -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set ns.expression = '(' ~ ns.expression ~ ' * ' ~ x ~ ' + (' ~ coefficient ~ 'e0))' -%}
    {%- endfor -%}
    {{ ns.expression }}
{%- endmacro %}
